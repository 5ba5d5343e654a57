/** Something that is not installed, or refused here: what needs it is left out of the run, and the report says why. */
export class NotAvailable extends Error {}
