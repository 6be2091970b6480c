import type { Api } from '#lib/server/api.ts';
import type { Viewer } from '#lib/api/types.ts';

declare global {
	namespace App {
		interface Error {
			status: number;
			message: string;
			/** Names the request in the logs; shown so that somebody can quote it. */
			requestId?: string;
		}
		interface Locals {
			api: Api;
			requestId: string;
			/** Whoever holds the session, or null. Asked of the API at most once a request. */
			viewer: () => Promise<Viewer | null>;
		}
		interface PageData {
			/** When the server rendered, so that relative times agree with it until the browser's clock takes over. */
			now: number;
			viewer: Viewer | null;
			unread: number;
		}
	}
}

export {};
