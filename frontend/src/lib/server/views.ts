/** From the API's shapes to what the components show: pictures with their placeholder colours, text as segments. */
import type { Comment, Picture, Post, User, UserHit } from '#lib/api/types.ts';
import { srcset } from '#lib/picture/renditions.ts';
import { placeholderColours } from '#lib/picture/thumbhash.ts';

type Pictured = Pick<Post, 'filename' | 'altText' | 'width' | 'height' | 'thumbhash'>;

export function pictureView({ filename, altText, width, height, thumbhash }: Pictured): Picture {
	const src = `/uploads/${filename}`;
	return {
		src,
		srcset: srcset(src, width),
		alt: altText,
		width,
		height,
		colours: placeholderColours(thumbhash)
	};
}

export function postView(post: Post) {
	return {
		id: post.publicId,
		username: post.username,
		avatar: post.avatar,
		caption: post.segments,
		description: post.description,
		picture: pictureView(post),
		likes: post.likes,
		liked: post.liked,
		comments: post.comments,
		created: post.created
	};
}

export type PostView = ReturnType<typeof postView>;

export function commentView(comment: Comment) {
	return {
		id: comment.id,
		username: comment.username,
		avatar: comment.avatar,
		body: comment.segments,
		created: comment.created
	};
}

export type CommentView = ReturnType<typeof commentView>;

/** A post where only its picture and counts show. */
export function tileView(post: Pictured & { likes: number; comments?: number }, id: string) {
	return { id, picture: pictureView(post), likes: post.likes, comments: post.comments ?? 0 };
}

export type TileView = ReturnType<typeof tileView>;

export function personView(user: UserHit & Partial<User>) {
	return {
		username: user.username,
		name: user.name,
		avatar: user.avatar,
		bio: user.bio ?? '',
		isFollowing: user.isFollowing ?? null
	};
}

export type PersonView = ReturnType<typeof personView>;

export function profileView(user: User) {
	return {
		...personView(user),
		bioSegments: user.bioSegments,
		posts: user.posts,
		followers: user.followers,
		following: user.following
	};
}

export type ProfileView = ReturnType<typeof profileView>;
