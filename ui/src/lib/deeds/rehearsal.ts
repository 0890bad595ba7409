/** A rehearsed stage in sentences. Pure. */
import type { Rehearsal } from '$lib/api';
import { blockerPoints } from '$lib/api/blockers';
import type { Point } from '$lib/api/model';
import { moment } from '$lib/format';

type Stage = Rehearsal['stages'][number];

/** What a stage would meet: what policy refuses, its pipelines, what to mind, its way back. */
export function stagePoints(stage: Stage, zone: string, now: number): Point[] {
  if (stage.is_done) return [{ status: 'verified', text: 'The release is there and well already' }];
  return [
    ...blockerPoints(stage.blockers),
    ...stage.pipelines.map(({ pipeline, purpose, faults }): Point =>
      faults.length === 0 ? { status: 'passed', text: `${pipeline} (${purpose}) is there and takes what it is handed` } : { status: 'failed', text: `${pipeline} (${purpose}): ${faults.join(' ')}` }),
    ...stage.cautions.map((text): Point => ({ status: 'notice', text })),
    stage.back_to ? { status: 'passed', text: `Back to ${stage.back_to} if it fails` } : { status: 'notice', text: 'No way back: no other version was verified there' },
    { status: 'not_started', text: `Well by ${moment(stage.ends, zone, now)} at the soonest` },
  ];
}
