/** Coordinated releases as the screens show them: the views of Rust, by their names. */
export type {
  BackChoiceDto as BackChoice,
  BackVerdictWord as BackVerdict,
  CoordinatedCellView as CoordinatedCell,
  CoordinatedCellWord as CoordinatedCellState,
  CoordinatedEnvironmentView as CoordinatedEnvironment,
  CoordinatedMemberView as CoordinatedMember,
  CoordinatedNameView as CoordinatedName,
  CoordinatedReleaseDetail as CoordinatedRelease,
  CoordinatedReleaseView as CoordinatedRow,
  CoordinatedRunMemberView as CoordinatedRunMember,
  CoordinatedRunView as CoordinatedRun,
  LeftOutDto as LeftOut,
  MemberAnswerWord as MemberAnswer,
  MemberOutlookView as MemberOutlook,
  MemberWayBackView as MemberWayBack,
} from './bindings';
