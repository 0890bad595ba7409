/** Delivery metrics, reviews of releases, and what is handed out about a release. */
import { commands } from './bindings';
import { call } from './call';
import type { Id, Status } from './model';
import type { BundleKey, DeliveryMetrics, Milestone, ReleaseReportFormat, ReleaseReview, ReportPreview, Review, ReviewText, SavedFile } from './model-record';
import { statusOfGlyph } from './words';

export interface RecordBackend {
  /** How delivery went; in the last environment of the promotion path where none is named. */
  deliveryMetrics(productId: Id, environmentId: Id | null, weeks: number, signal: AbortSignal): Promise<DeliveryMetrics>;
  releaseReview(releaseId: Id, signal: AbortSignal): Promise<ReleaseReview>;
  writeReview(text: ReviewText): Promise<Review>;
  setReviewAction(reviewId: Id, actionId: Id, done: boolean): Promise<Review>;
  closeReview(reviewId: Id, close: boolean): Promise<Review>;
  /** What the report says, as it is now. */
  previewReport(releaseId: Id, signal: AbortSignal): Promise<ReportPreview>;
  /** Saves the report into the folder for downloads. */
  saveReport(releaseId: Id, format: ReleaseReportFormat): Promise<SavedFile>;
  /** Saves the auditor's bundle into the folder for downloads. */
  saveBundle(releaseId: Id): Promise<SavedFile>;
  bundleKey(signal: AbortSignal): Promise<BundleKey>;
}

/** What a milestone is marked with. */
export const milestoneStatus = (milestone: Milestone): Status => statusOfGlyph(milestone.glyph);

export const record: RecordBackend = {
  deliveryMetrics: (productId, environmentId, weeks) => call(commands.deliveryMetrics({ product_id: productId, environment_id: environmentId, weeks })),
  releaseReview: (releaseId) => call(commands.releaseReview({ id: releaseId })),
  writeReview: (text) => call(commands.writeReview(text)),
  setReviewAction: (reviewId, actionId, done) => call(commands.setReviewAction({ review_id: reviewId, action_id: actionId, done })),
  closeReview: (reviewId, close) => call(commands.closeReview({ review_id: reviewId, close })),
  previewReport: (releaseId) => call(commands.previewReport({ id: releaseId })),
  saveReport: (releaseId, format) => call(commands.saveReleaseReport({ release_id: releaseId, format })),
  saveBundle: (releaseId) => call(commands.saveReleaseBundle({ id: releaseId })),
  bundleKey: () => call(commands.bundleKey()),
};
