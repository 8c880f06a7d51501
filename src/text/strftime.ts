/**
 * Formats dates as Python's strftime does, for chat templates that put the date into the system prompt.
 *
 * @module
 */

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** The supported directives, in the C locale, which is Python's default. */
const directives: Readonly<Record<string, (date: Date) => string>> = {
  "a": (date) => (days[date.getDay()] ?? "").slice(0, 3),
  "A": (date) => days[date.getDay()] ?? "",
  "b": (date) => (months[date.getMonth()] ?? "").slice(0, 3),
  "B": (date) => months[date.getMonth()] ?? "",
  "d": (date) => padded(date.getDate()),
  "-d": (date) => String(date.getDate()),
  "e": (date) => String(date.getDate()).padStart(2, " "),
  "F": (date) => `${date.getFullYear()}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}`,
  "H": (date) => padded(date.getHours()),
  "I": (date) => padded(date.getHours() % 12 || 12),
  "m": (date) => padded(date.getMonth() + 1),
  "-m": (date) => String(date.getMonth() + 1),
  "M": (date) => padded(date.getMinutes()),
  "p": (date) => date.getHours() < 12 ? "AM" : "PM",
  "S": (date) => padded(date.getSeconds()),
  "T": (date) =>
    `${padded(date.getHours())}:${padded(date.getMinutes())}:${padded(date.getSeconds())}`,
  "y": (date) => padded(date.getFullYear() % 100),
  "Y": (date) => String(date.getFullYear()),
  "%": () => "%",
};

/** A local date in the given format. An unknown directive stays as it is. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?[A-Za-z%])/g, (all, name) => directives[name]?.(date) ?? all);
}

function padded(value: number): string {
  return String(value).padStart(2, "0");
}
