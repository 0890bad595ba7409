/** Documents and training as the screens show them: the views of Rust, by their names. */
export type {
  CourseBody as Course,
  DocumentKindWord as DocumentKind,
  DocumentPageView as DocumentPage,
  DocumentSourceBody as DocumentSource,
  DocumentView as ProductDocument,
  PutCourseRequest as CourseEdit,
  PutDocumentRequest as DocumentEdit,
  PutSessionRequest as SessionEdit,
  QuizBody as Quiz,
  QuizMarkView as QuizMark,
  ReleaseDocumentView as ReleaseDocument,
  SessionView as TrainingSession,
  TraineeBody as Trainee,
  TrainingRecordView as TrainingRecord,
} from './bindings';

/** A release that something can be done for. */
export interface ReleaseChoice {
  readonly id: string;
  readonly version: string;
}
