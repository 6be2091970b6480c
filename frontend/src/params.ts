/** Parameter matchers of the routes: an address that can't name anything is a 404 before any request is made. */
import { defineParams } from '@sveltejs/kit/params';

const USERNAME = /^[a-z0-9._]{3,30}$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const params = defineParams({
	username: (value: string) => (USERNAME.test(value) ? value.toLowerCase() : undefined),
	uuid: (value: string) => (UUID.test(value) ? value.toLowerCase() : undefined)
});
