/** The sections of the settings. */
export type Section = 'connections' | 'range' | 'appearance' | 'data';

export const asSection = (name: string | null): Section => (name === 'appearance' || name === 'data' || name === 'range' ? name : 'connections');
