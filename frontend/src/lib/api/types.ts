/** The API's shapes as the pages use them, named once so that components don't reach into the generated file. */
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type Segment = Schemas['SegmentResponse'];
export type User = Schemas['UserResponse'];
export type Post = Schemas['PostResponse'];
export type Comment = Schemas['CommentResponse'];
export type Notification = Schemas['NotificationResponse'];
export type Session = Schemas['SessionResponse'];
export type PostHit = Schemas['PostHit'];
export type UserHit = Schemas['UserHit'];
export type HashtagHit = Schemas['HashtagHit'];
export type BlendedHit = Schemas['BlendedHit'];

/** What the frame of the app shows of whoever is logged in. */
export type Viewer = Pick<User, 'username' | 'name' | 'avatar'>;

/** A picture ready to hang: where it is, its size and the colours to show until it has arrived. */
export interface Picture {
	src: string;
	/** Its smaller copies, where it has any. */
	srcset?: string;
	alt: string;
	width: number;
	height: number;
	/** Twelve colours, four to a row; empty when the picture has no thumbhash. */
	colours: string[];
}
