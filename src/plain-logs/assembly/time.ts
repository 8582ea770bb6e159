import { isDigit } from './text';

const FEBRUARY: u32 = 2;
const DAYS = memory.data<u8>([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
const NONE: u32 = 100;

/** {@link NONE} when one of them is no digit. */
function twoDigits(at: usize): u32 {
  const tens = load<u8>(at);
  const ones = load<u8>(at, 1);
  return isDigit(tens) && isDigit(ones) ? ((tens - 48) as u32) * 10 + ((ones - 48) as u32) : NONE;
}

/** True for a real time of the years 0001 to 9999 written as `2026-11-24T00:00:00.000Z`. */
export function isTime(at: usize): bool {
  const century = twoDigits(at);
  const yearOfCentury = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (century == NONE || yearOfCentury == NONE || month < 1 || month > 12 || day < 1) return false;
  if (twoDigits(at + 11) > 23 || twoDigits(at + 14) > 59 || twoDigits(at + 17) > 59) return false;
  if (twoDigits(at + 20) == NONE || !isDigit(load<u8>(at, 22))) return false;
  const year = century * 100 + yearOfCentury;
  const isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const days = (load<u8>(DAYS + month) as u32) + (month == FEBRUARY && isLeap ? 1 : 0);
  return (
    year > 0 &&
    day <= days &&
    load<u8>(at, 4) == 45 &&
    load<u8>(at, 7) == 45 &&
    load<u8>(at, 10) == 84 &&
    load<u8>(at, 13) == 58 &&
    load<u8>(at, 16) == 58 &&
    load<u8>(at, 19) == 46 &&
    load<u8>(at, 23) == 90
  );
}
