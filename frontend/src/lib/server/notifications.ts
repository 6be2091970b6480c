/** Notifications as rows, and where each leads. */
import type { Notification } from '#lib/api/types.ts';
import { small } from '#lib/picture/renditions.ts';

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
		avatar: note.actorAvatar,
		read: note.read,
		created: note.created,
		thumb: note.postFilename && small(note.postFilename),
		href: `/notifications/${note.id}?to=${encodeURIComponent(target(note))}`
	};
}

export type NoteView = ReturnType<typeof noteView>;

/** A like and a comment lead to the post, everything else to whoever did it. */
function target({ type, postId, entityId, actorUsername }: Notification): string {
	if (type === 'like' && postId) return `/posts/${postId}`;
	if (type === 'comment' && postId) return `/posts/${postId}#comment-${entityId}`;
	return `/@${actorUsername}`;
}
