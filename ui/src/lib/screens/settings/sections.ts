/** The sections of the settings. */
export type Section = 'connections' | 'appearance' | 'data';

export const asSection = (name: string | null): Section => (name === 'appearance' || name === 'data' ? name : 'connections');
