/** Checklists, their templates, and evidence. */
import { commands } from './bindings';
import { call } from './call';
import type { Id } from './model';
import type { ActedOn, Checklist, ChecklistTemplate, Evidence, EvidencePreview, ImportFormat, ImportReport, NewEvidence, NewOwnItem, TemplateEdit } from './model-checklists';

export interface ChecklistBackend {
  /** The checklists of a release, in promotion order; those that nobody has begun are as they would be. */
  checklists(releaseId: Id, signal: AbortSignal): Promise<readonly Checklist[]>;
  beginChecklist(releaseId: Id, templateId: Id): Promise<Checklist>;
  tickItems(checklistId: Id, itemIds: readonly Id[], minutes: number | null, note: string): Promise<ActedOn>;
  reopenItems(checklistId: Id, itemIds: readonly Id[]): Promise<ActedOn>;
  skipItems(checklistId: Id, itemIds: readonly Id[], reason: string): Promise<ActedOn>;
  assignItems(checklistId: Id, itemIds: readonly Id[], assignee: string | null, due: string | null): Promise<ActedOn>;
  addOwnItem(item: NewOwnItem): Promise<Checklist>;
  removeOwnItem(checklistId: Id, itemId: Id): Promise<Checklist>;
  /** Takes the last publication of its template over into a checklist. */
  takeOverPublication(checklistId: Id, number: number, reason: string): Promise<Checklist>;
  checklistTemplates(productId: Id, signal: AbortSignal): Promise<readonly ChecklistTemplate[]>;
  putChecklistTemplate(edit: TemplateEdit): Promise<ChecklistTemplate>;
  publishChecklistTemplate(id: Id): Promise<ChecklistTemplate>;
  removeChecklistTemplate(id: Id): Promise<void>;
  importChecklistItems(templateId: Id, format: ImportFormat, text: string): Promise<ImportReport>;
  /** Reads the task list of an issue: by its address, its number, or owner/name#12. */
  importChecklistIssue(templateId: Id, issue: string): Promise<ImportReport>;
  /** Attaches evidence to an item. */
  attachEvidence(checklistId: Id, itemId: Id, evidence: NewEvidence): Promise<Evidence>;
  withdrawEvidence(id: Id): Promise<void>;
  /** What a file shows, made safe. */
  previewEvidence(id: Id): Promise<EvidencePreview>;
  /** Saves a file into the folder for downloads; where it lies. */
  saveEvidence(id: Id): Promise<string>;
}

export const checklists: ChecklistBackend = {
  checklists: (releaseId) => call(commands.releaseChecklists({ id: releaseId })),
  beginChecklist: (releaseId, templateId) => call(commands.beginChecklist({ release_id: releaseId, template_id: templateId })),
  tickItems: (checklistId, itemIds, minutes, note) => call(commands.tickItems({ checklist_id: checklistId, item_ids: [...itemIds], minutes, note })),
  reopenItems: (checklistId, itemIds) => call(commands.reopenItems({ checklist_id: checklistId, item_ids: [...itemIds] })),
  skipItems: (checklistId, itemIds, reason) => call(commands.skipItems({ checklist_id: checklistId, item_ids: [...itemIds], reason })),
  assignItems: (checklistId, itemIds, assignee, due) => call(commands.assignItems({ checklist_id: checklistId, item_ids: [...itemIds], assignee, due })),
  addOwnItem: (item) => call(commands.addOwnItem(item)),
  removeOwnItem: (checklistId, itemId) => call(commands.removeOwnItem({ checklist_id: checklistId, item_id: itemId })),
  takeOverPublication: (checklistId, number, reason) => call(commands.takeOverPublication({ checklist_id: checklistId, number, reason })),
  checklistTemplates: (productId) => call(commands.listChecklistTemplates({ id: productId })),
  putChecklistTemplate: (edit) => call(commands.putChecklistTemplate(edit)),
  publishChecklistTemplate: (id) => call(commands.publishChecklistTemplate({ id })),
  removeChecklistTemplate: async (id) => void (await call(commands.removeChecklistTemplate({ id }))),
  importChecklistItems: (templateId, format, text) => call(commands.importChecklistItems({ template_id: templateId, format, text })),
  importChecklistIssue: (templateId, issue) => call(commands.importChecklistIssue({ template_id: templateId, issue })),
  attachEvidence: (checklistId, itemId, evidence) => call(commands.attachEvidence({ owner_kind: 'checklist', owner_id: checklistId, part_id: itemId, evidence })),
  withdrawEvidence: async (id) => void (await call(commands.withdrawEvidence({ id, reason: '' }))),
  previewEvidence: (id) => call(commands.previewEvidence({ id })),
  saveEvidence: (id) => call(commands.saveEvidence({ id })),
};
