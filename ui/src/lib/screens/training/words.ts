/** How courses stand, when sessions are, and how a quiz is written as text. */
import type { Course, Quiz, TrainingRecord, TrainingSession } from '$lib/api';
import { clockTime, date, exact } from '$lib/format';
import type { Status } from '$lib/status';

/** How many of the audience are trained. */
export const trained = (course: Course): number => course.trainees.filter((trainee) => trainee.missing.length === 0).length;

export function courseLook(course: Course): { readonly status: Status; readonly text: string } {
  if (course.retired !== null) return { status: 'cancelled', text: 'Given no longer' };
  const missing = course.trainees.length - trained(course);
  return missing === 0 ? { status: 'passed', text: 'All trained' } : { status: 'waiting', text: `${missing} not trained` };
}

/** What somebody does to be trained, in words. */
export function needsWords(course: Course): string {
  const parts = [course.needs_attendance ? 'attends a session' : '', course.quiz ? `passes the quiz with ${course.quiz.pass_percent} %` : '', course.needs_acknowledgement ? 'confirms to have understood' : ''].filter(Boolean);
  const validity = course.valid_days === null ? '' : ` It counts for ${course.valid_days === 1 ? 'a day' : `${course.valid_days} days`}.`;
  return `Everybody ${parts.join(', ')}.${validity}`;
}

/** When a session is, on the clocks of its own zone. */
export function sessionWords(session: TrainingSession, now: number): string {
  const zone = session.time_zone;
  return `${date(session.begins_at, zone, now)}, ${clockTime(session.begins_at, zone)} to ${clockTime(session.ends_at, zone)} (${zone})`;
}

export const sessionExact = (session: TrainingSession): string => exact(session.begins_at, session.time_zone);

/** What was recorded of somebody, in words that follow their name. */
export function didWords({ kind, right, of, release }: TrainingRecord): string {
  const did = { attended: 'attended', passed: `passed the quiz with ${right} of ${of}`, not_passed: `did not pass the quiz with ${right} of ${of}`, acknowledged: 'confirmed to have understood' }[kind];
  return release ? `${did}, for ${release}` : did;
}

/** A quiz as text: a question, then its answers, one a line: right ones after +, others after -. */
export function quizText(quiz: Quiz | null): string {
  return (quiz?.questions ?? []).map(({ text, options, right }) => [text, ...options.map((option, at) => `${right.includes(at) ? '+' : '-'} ${option}`)].join('\n')).join('\n\n');
}

/** A quiz from text; none where nothing is written. */
export function quizOf(text: string, passPercent: number): Quiz | null {
  const questions: { text: string; options: string[]; right: number[] }[] = [];
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const answer = /^([+-])\s*(.+)$/.exec(line);
    const last = questions.at(-1);
    if (answer && last) {
      if (answer[1] === '+') last.right.push(last.options.length);
      last.options.push(answer[2] ?? '');
    } else if (line) {
      questions.push({ text: line, options: [], right: [] });
    }
  }
  return questions.length === 0 ? null : { questions, pass_percent: passPercent };
}

/** People as they are written: with their address where they have one. */
export const personText = ({ name, email }: { readonly name: string; readonly email: string | null }): string => (email ? `${name} <${email}>` : name);

/** Links as they are written: an address, and what it is before it. */
export const materialText = (material: Course['material']): string => material.map(({ title, url }) => (title ? `${title} ${url}` : url)).join('\n');

export function materialOf(text: string): { title: string; url: string }[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const at = line.search(/https?:\/\//);
      return at < 0 ? { title: '', url: line } : { title: line.slice(0, at).trim(), url: line.slice(at).trim() };
    });
}
