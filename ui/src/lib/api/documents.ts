/** Documents of a product, and training. */
import { commands } from './bindings';
import { call } from './call';
import type { Id } from './model';
import type { Evidence, NewEvidence } from './model-checklists';
import type { Course, CourseEdit, DocumentEdit, DocumentPage, ProductDocument, QuizMark, ReleaseChoice, ReleaseDocument, SessionEdit, TrainingSession } from './model-documents';

export interface DocumentBackend {
  documents(productId: Id, query: string, signal: AbortSignal): Promise<readonly ProductDocument[]>;
  document(id: Id, number: number | null, signal: AbortSignal): Promise<DocumentPage>;
  releaseDocuments(releaseId: Id, signal: AbortSignal): Promise<readonly ReleaseDocument[]>;
  putDocument(edit: DocumentEdit): Promise<DocumentPage>;
  /** `base` is the version that was looked at; `releaseId` counts it as reviewed for that release. */
  writeDocument(id: Id, base: number, text: string, remark: string, releaseId: Id | null): Promise<DocumentPage>;
  takeDocument(id: Id, releaseId: Id | null): Promise<DocumentPage>;
  reviewDocument(id: Id, number: number, releaseId: Id | null, remark: string): Promise<DocumentPage>;
  /** Oneself where nobody is named. */
  confirmReading(id: Id, number: number, person: string | null): Promise<DocumentPage>;
  attachDocumentEvidence(id: Id, evidence: NewEvidence): Promise<Evidence>;
  retireDocument(id: Id, isRetired: boolean, reason: string): Promise<DocumentPage>;
  /** The releases of a product that are on their way. */
  openReleases(productId: Id, signal: AbortSignal): Promise<readonly ReleaseChoice[]>;
  courses(productId: Id, signal: AbortSignal): Promise<readonly Course[]>;
  releaseTraining(releaseId: Id, signal: AbortSignal): Promise<readonly Course[]>;
  putCourse(edit: CourseEdit): Promise<Course>;
  retireCourse(id: Id, isRetired: boolean): Promise<Course>;
  putSession(edit: SessionEdit): Promise<TrainingSession>;
  cancelSession(id: Id, reason: string): Promise<TrainingSession>;
  recordAttendance(sessionId: Id, person: string, hasAttended: boolean): Promise<void>;
  acknowledgeCourse(courseId: Id, person: string | null, releaseId: Id | null): Promise<void>;
  answerQuiz(courseId: Id, person: string | null, releaseId: Id | null, answers: readonly (readonly number[])[]): Promise<QuizMark>;
  withdrawTraining(recordId: Id, reason: string): Promise<void>;
  /** Says that it was somebody else. */
  correctTraining(recordId: Id, person: string, reason: string): Promise<void>;
  /** Saves the invitation as a calendar file; where it lies. */
  saveInvitation(sessionId: Id): Promise<string>;
}

export const documents: DocumentBackend = {
  documents: (productId, query) => call(commands.listDocuments({ product_id: productId, query })),
  document: (id, number) => call(commands.getDocument({ id, number })),
  releaseDocuments: (releaseId) => call(commands.releaseDocuments({ id: releaseId })),
  putDocument: (edit) => call(commands.putDocument(edit)),
  writeDocument: (id, base, text, remark, releaseId) => call(commands.writeDocument({ id, base, text, remark, release_id: releaseId })),
  takeDocument: (id, releaseId) => call(commands.takeDocument({ id, release_id: releaseId })),
  reviewDocument: (id, number, releaseId, remark) => call(commands.reviewDocument({ id, number, release_id: releaseId, remark })),
  confirmReading: (id, number, person) => call(commands.confirmReading({ id, number, person })),
  attachDocumentEvidence: (id, evidence) => call(commands.attachEvidence({ owner_kind: 'document', owner_id: id, part_id: null, evidence })),
  retireDocument: (id, isRetired, reason) => call(commands.retireDocument({ id, is_retired: isRetired, reason })),
  openReleases: async (productId) => {
    const releases = await call(commands.listReleases({ product_id: productId, open_only: true, after: null, limit: 50 }));
    return releases.map(({ id, version }) => ({ id, version }));
  },
  courses: (productId) => call(commands.listCourses({ id: productId })),
  releaseTraining: (releaseId) => call(commands.releaseTraining({ id: releaseId })),
  putCourse: (edit) => call(commands.putCourse(edit)),
  retireCourse: (id, isRetired) => call(commands.retireCourse({ id, is_retired: isRetired, reason: '' })),
  putSession: (edit) => call(commands.putSession(edit)),
  cancelSession: (id, reason) => call(commands.cancelSession({ id, reason })),
  recordAttendance: async (sessionId, person, hasAttended) => void (await call(commands.recordAttendance({ session_id: sessionId, person, has_attended: hasAttended }))),
  acknowledgeCourse: async (courseId, person, releaseId) => void (await call(commands.acknowledgeCourse({ course_id: courseId, person, release_id: releaseId }))),
  answerQuiz: (courseId, person, releaseId, answers) => call(commands.answerQuiz({ course_id: courseId, person, release_id: releaseId, answers: answers.map((places) => [...places]) })),
  withdrawTraining: async (recordId, reason) => void (await call(commands.withdrawTraining({ id: recordId, reason }))),
  correctTraining: async (recordId, person, reason) => void (await call(commands.correctTraining({ id: recordId, person, reason }))),
  saveInvitation: (sessionId) => call(commands.saveSessionCalendar({ id: sessionId })),
};
