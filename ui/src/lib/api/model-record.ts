/** What is handed out about a release, its review, and delivery metrics, as the screens show them: the views of Rust, by their names. */
export type {
  BundleKeyView as BundleKey,
  DeliveryMetricsView as DeliveryMetrics,
  MetricView as Metric,
  MilestoneView as Milestone,
  ReleaseReportFormat,
  ReleaseReviewView as ReleaseReview,
  ReportBarView as ReportBar,
  ReportBlockView as ReportBlock,
  ReportPreviewView as ReportPreview,
  ReviewActionBody as ReviewActionText,
  ReviewActionView as ReviewAction,
  ReviewBody as Review,
  SavedFileView as SavedFile,
  WriteReviewRequest as ReviewText,
} from './bindings';
