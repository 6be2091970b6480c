import { fail, redirect, type RequestEvent } from '@sveltejs/kit';
import { text } from '#lib/i18n/en.ts';
import { field } from '#lib/server/forms.ts';
import { requireViewer } from '#lib/server/guard.ts';
import { refuse } from '#lib/server/results.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
};

type Api = RequestEvent['locals']['api'];

export const actions: Actions = {
	/** One form, two steps. A picture that arrived is kept when the caption is refused, and not asked for again. */
	default: async ({ locals, request }) => {
		const form = await request.formData();
		const kept = { description: field(form, 'description'), altText: field(form, 'altText') };
		let filename = field(form, 'filename');
		if (!filename) {
			const image = form.get('image');
			if (!(image instanceof File) || image.size === 0) {
				return fail(400, { ...kept, filename, message: text.compose.noPicture, at: 'image' });
			}
			const upload = await uploadImage(locals.api, image);
			if (!upload.data) return refuse(upload, { ...kept, filename, at: 'image' });
			filename = upload.data.filename;
		}
		const post = await locals.api.POST('/posts', { body: { filename, ...kept } });
		if (!post.data) return refuse(post, { ...kept, filename, at: 'description' });
		redirect(303, `/posts/${post.data.publicId}`);
	}
};

async function uploadImage(api: Api, image: File) {
	const body = new FormData();
	body.set('image', image, image.name || 'picture');
	// The body is a form already; the type is that of its description.
	return api.POST('/uploads', { body: body as never, bodySerializer: (form) => form });
}
