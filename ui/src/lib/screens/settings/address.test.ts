import { describe, expect, it } from 'vitest';
import { addressProblem } from './address';

describe('an address', () => {
  it.each(['https://git.example.com/api/v3', ' https://api.github.com ', 'http://127.0.0.1:8800', 'http://localhost:1/x', 'http://[::1]:9'])('%s is fine', (text) => expect(addressProblem(text)).toBeUndefined());
  it.each([
    ['', /Type the address/], ['git.example.com', /no address/], ['http://git.example.com', /https/], ['ftp://git.example.com', /https:\/\//], ['https://me:secret@git.example.com', /token goes below/],
    ['http://127.0.0.1.example.com', /https/],
  ])('%s is refused with the way out', (text, reason) => expect(addressProblem(text)).toMatch(reason));
});
