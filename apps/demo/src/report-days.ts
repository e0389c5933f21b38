/** How many days a report is about. */
export const REPORT_DAYS = 7;
