/** Where things lie in the kernel's memory, in bytes. plain-log-kernel.ts fills these places, and is told of them here. */

/** `{"timestamp":"`, which every plain log begins with. */
export const START_AT: usize = 1024;
export const START_LENGTH: usize = 14;
/** Of a time such as `2026-11-24T00:00:00.000Z`. */
export const TIME_LENGTH: usize = 24;

/** By length of a name and the last five bits of its first letter: its bytes, a mask of 16 bytes, its kind and its bit. */
export const FIELDS_AT: usize = 2048;
export const FIELD_SIZE: usize = 40;
export const MAX_NAME: usize = 16;

/** By the last five bits of a level's first letter: its bytes, a mask of 8 bytes, its length and its number from 1. */
export const LEVELS_AT: usize = 24576;
export const LEVEL_SIZE: usize = 24;

/** The constant pieces of an item of a bulk body, each with its length. */
export const PIECES_AT: usize = 28672;
export const PIECE_SIZE: usize = 1024;
export const PIECE_LENGTHS_AT: usize = 36864;

/** Digits while they are written. */
export const SCRATCH_AT: usize = 38912;

/** The redaction's four-character beginnings: a bit for each hash, and every one by itself, 0 where none is. */
export const BITS_AT: usize = 40960;
export const GRAMS_AT: usize = 131072;
export const GRAM_SLOTS: u32 = 32768;
/** Of each slot, whether its gram is one of a name that is a word, too. */
export const GRAM_WORDS_AT: usize = 262144;
/** By byte, whether it may follow a name. */
export const BEHIND_WORD_AT: usize = 327680;

/** Records, and what is made of them. */
export const RECORDS_AT: usize = 393216;
export const RECORDS_SIZE: usize = 262144;
/** Behind both there is room for what reads or writes 16 bytes at a time. */
export const BODY_AT: usize = 720896;
export const BODY_SIZE: usize = 262144;

/** Bytes that are only looked at for secrets. */
export const TEXT_AT: usize = 1003520;
export const TEXT_SIZE: usize = 65536;
