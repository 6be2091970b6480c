/** Notifications as rows, and where each leads. */
import type { Notification } from '#lib/api/types.ts';

const KINDS = ['like', 'comment', 'follow'] as const;

/** A kind this version doesn't know yet reads as the one that says least. */
function kindOf(type: string): (typeof KINDS)[number] {
	return KINDS.find((kind) => kind === type) ?? 'like';
}

export function noteView(note: Notification) {
	return {
		id: note.id,
		kind: kindOf(note.type),
		actor: note.actorUsername,
		avatar: note.actorAvatar ?? null,
		read: note.read,
		created: note.created,
		thumb: note.postFilename ? `/uploads/${note.postFilename}` : null,
		href: `/notifications/${note.id}?to=${encodeURIComponent(target(note))}`
	};
}

export type NoteView = ReturnType<typeof noteView>;

/** A follow leads to whoever follows; a like and a comment lead to the post. */
function target(note: Notification): string {
	if (note.type === 'like') return `/posts/${note.entityId}`;
	if (note.type === 'comment' && note.postId) return `/posts/${note.postId}#comment-${note.entityId}`;
	return `/@${note.actorUsername}`;
}
