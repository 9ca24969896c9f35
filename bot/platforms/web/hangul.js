// Matching of Korean words while they are being typed: "슾" and "ㅅㅍㄹㄷ" both begin "스프레드".

const LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS =
  "ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ".split(" ");
const TAILS =
  " ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ".split(" ");

const FIRST = 0xac00;
const LAST = 0xd7a3;

/** The letters of a text in the order in which they are typed. */
export function letters(text) {
  let out = "";
  for (const sign of text.toLowerCase()) {
    const code = sign.codePointAt(0);
    if (code < FIRST || code > LAST) {
      out += sign;
      continue;
    }
    const index = code - FIRST;
    out += LEADS[Math.floor(index / 588)];
    out += VOWELS[Math.floor((index % 588) / 28)];
    out += TAILS[index % 28];
  }
  return out;
}

/** The first consonants of a Korean word's syllables. */
export function initials(text) {
  return [...text]
    .map((sign) => sign.codePointAt(0))
    .filter((code) => code >= FIRST && code <= LAST)
    .map((code) => LEADS[Math.floor((code - FIRST) / 588)])
    .join("");
}

/** Whether a word begins as typed, by its letters or by first consonants alone. */
export function begins(word, typed) {
  if (letters(word).startsWith(letters(typed))) return true;
  return typed !== "" && [...typed].every((sign) => LEADS.includes(sign)) && initials(word).startsWith(typed);
}
