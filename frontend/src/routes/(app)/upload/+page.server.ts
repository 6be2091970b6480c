import { fail, redirect } from '@sveltejs/kit';
import { text } from '#lib/i18n/en.ts';
import { field } from '#lib/server/forms.ts';
import { requireViewer } from '#lib/server/guard.ts';
import { refuse } from '#lib/server/results.ts';
import { sendPicture } from '#lib/server/uploads.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	await requireViewer(event);
};

export const actions: Actions = {
	/** One form, two steps. A picture that arrived is kept when the caption is refused, and not asked for again. */
	default: async (event) => {
		const { locals } = event;
		const form = await event.request.formData();
		const kept = { description: field(form, 'description'), altText: field(form, 'altText') };
		let filename = field(form, 'filename');
		if (!filename) {
			const image = form.get('image');
			if (!(image instanceof File) || image.size === 0) {
				return fail(400, { ...kept, filename, message: text.compose.noPicture, at: 'image' });
			}
			const upload = await sendPicture(event, image);
			if (!upload.data) return refuse(upload, { ...kept, filename, at: 'image' });
			filename = upload.data.filename;
		}
		const post = await locals.api.POST('/posts', { body: { filename, ...kept } });
		if (!post.data) return refuse(post, { ...kept, filename, at: 'description' });
		redirect(303, `/posts/${post.data.publicId}`);
	}
};
