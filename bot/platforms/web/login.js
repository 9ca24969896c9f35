// A link from another site opens this page even when logged in: browsers keep back SameSite=Strict
// cookies on the way in. Asking from the page itself sends them.
const answer = await fetch("/session", { method: "POST" }).catch(() => null);
if (answer?.ok) {
  location.replace("/");
}

export {};
