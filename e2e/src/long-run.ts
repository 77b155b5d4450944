/** Whether what repeats itself is to do so for long: ORIEL_TEST_LONG=1. */
export const isLongRun = process.env.ORIEL_TEST_LONG === "1";
