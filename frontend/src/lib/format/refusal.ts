/** The API names the field it refused in its message ("username is taken"); forms show the message there. */

export function fieldOf<F extends string>(
	message: string | undefined,
	fields: readonly F[],
	otherwise: F
): F {
	const words = (message ?? '').toLowerCase();
	return fields.find((field) => new RegExp(`\\b${field}\\b`).test(words)) ?? otherwise;
}
