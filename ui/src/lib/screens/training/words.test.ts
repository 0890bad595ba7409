import { expect, test } from 'vitest';
import { course, trainingSession } from '../../../../tests/fixtures/documents';
import { courseLook, materialOf, materialText, needsWords, personText, quizOf, quizText, sessionWords } from './words';

test('a quiz is read as people write it, and comes back as it was', () => {
  const quiz = quizOf('Which port?\n- 80\n+ 443\n\nWho decides?\n+ Mira\n+Jonas\n- the weather', 80);
  expect(quiz?.questions).toEqual([
    { text: 'Which port?', options: ['80', '443'], right: [1] },
    { text: 'Who decides?', options: ['Mira', 'Jonas', 'the weather'], right: [0, 1] },
  ]);
  expect(quizOf(quizText(quiz), 80)).toEqual(quiz);
  expect(quizOf(' \n', 80)).toBeNull();
});

test('material is an address with what it is before it', () => {
  const material = materialOf('Slides https://wiki.example/a b\nhttps://wiki.example/c\n\nnothing');
  expect(material).toEqual([{ title: 'Slides', url: 'https://wiki.example/a b' }, { title: '', url: 'https://wiki.example/c' }, { title: '', url: 'nothing' }]);
  expect(materialOf(materialText(material))).toEqual(material);
});

test('how a course stands', () => {
  expect(courseLook(course)).toEqual({ status: 'waiting', text: '1 not trained' });
  expect(courseLook({ ...course, trainees: [] }).text).toBe('All trained');
  expect(needsWords(course)).toBe('Everybody attends a session, passes the quiz with 80 %. It counts for 90 days.');
  expect(personText({ name: 'Aiko', email: 'a@example.org' })).toBe('Aiko <a@example.org>');
});

test('a session is on the clocks of its zone', () => {
  const session = { ...trainingSession, begins_at: '2026-11-25T13:00:00Z', ends_at: '2026-11-25T14:00:00Z', time_zone: 'Europe/Berlin' };
  expect(sessionWords(session, Date.parse('2026-11-20T00:00:00Z'))).toMatch(/25 Nov, 14:00 to 15:00 \(Europe\/Berlin\)$/);
});
