// Times as people in Korea read them, wherever the browser is.

const DAY_US = 86_400_000_000;
const KST_US = 9 * 3_600_000_000;

const clock = new Intl.DateTimeFormat("ko-KR", {
  timeZone: "Asia/Seoul",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat("ko-KR", {
  timeZone: "Asia/Seoul",
  month: "long",
  day: "numeric",
  weekday: "long",
});

/** "09:03" of a time in microseconds. */
export const clockText = (us) => clock.format(us / 1000);

/** "1월 12일 월요일" of a time in microseconds. */
export const dayText = (us) => day.format(us / 1000);

/** The start of the KST day that a time in microseconds is in. */
export const dayStart = (us) => Math.floor((us + KST_US) / DAY_US) * DAY_US - KST_US;

/** "방금", "4초 전", "3분 전", "2시간 전" for an age in milliseconds. */
export function ageText(ms) {
  if (ms < 1000) return "방금";
  if (ms < 60_000) return `${Math.floor(ms / 1000)}초 전`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}분 전`;
  return `${Math.floor(ms / 3_600_000)}시간 전`;
}
