/** Checklists and evidence as the screens show them: the views of Rust, by their names. */
export type {
  ActedOnView as ActedOn,
  AddOwnItemRequest as NewOwnItem,
  AutomaticItemWord as AutomaticItem,
  ChecklistItemView as ChecklistItem,
  ChecklistTemplateView as ChecklistTemplate,
  ChecklistView as Checklist,
  EvidencePreviewView as EvidencePreview,
  EvidenceView as Evidence,
  ImportFormatWord as ImportFormat,
  ImportReportView as ImportReport,
  ItemChangeView as ItemChange,
  MomentWord as Moment,
  NewEvidenceBody as NewEvidence,
  PutChecklistTemplateRequest as TemplateEdit,
  TemplateItemBody as TemplateItem,
} from './bindings';
