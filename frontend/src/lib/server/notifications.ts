/** Notifications as rows, and where each leads. */
import type { Notification } from '#lib/api/types.ts';

export function noteView(note: Notification) {
	return {
		id: note.id,
		type: note.type,
		actor: note.actorUsername,
		avatar: note.actorAvatar ?? null,
		read: note.read,
		created: note.created,
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
