/** The API's message begins with the field it refused ("Name is required."); forms show the message there. */

/** The field named first, or `otherwise` when the message names none. */
export function fieldOf<F extends string>(
	message: string | undefined,
	fields: readonly F[],
	otherwise: F
): F {
	const words = (message ?? '').toLowerCase().replaceAll('e-mail', 'email');
	const named = fields
		.map((field) => ({ field, at: words.search(new RegExp(`\\b${field}\\b`)) }))
		.filter(({ at }) => at >= 0)
		.sort((a, b) => a.at - b.at);
	return named[0]?.field ?? otherwise;
}
