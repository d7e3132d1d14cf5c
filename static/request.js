/** Requests to our own server, with the page's CSRF token. */

/** The server said no. `final`: asking again does not help; `status` is HTTP's. */
export class Refusal extends Error {
  /**
   * @param {string} reason
   * @param {number} status
   */
  constructor(reason, status) {
    super(reason);
    this.status = status;
    this.final = status >= 400 && status < 500 && status !== 408 && status !== 429;
  }
}

const token = () => document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";

/**
 * The JSON answer to a POST. Throws a Refusal, or a TypeError when the server can't be reached.
 *
 * @param {string} path
 * @param {Record<string, string>} [fields]
 * @param {boolean} [idle]  no hand made it: it keeps no session awake
 */
export async function post(path, fields, idle = false) {
  return answer(await fetch(path, { method: "POST", body: fields && new URLSearchParams(fields), headers: { ...accepted(idle), "X-CSRF": token() } }));
}

/**
 * The JSON answer to a GET; throws as `post`.
 *
 * @param {string} path
 * @param {boolean} [idle]
 */
export async function get(path, idle = false) {
  return answer(await fetch(path, { headers: accepted(idle) }));
}

/**
 * The picture that a POST answers with; throws as `post`.
 *
 * @param {string} path
 */
export async function picture(path) {
  const response = await fetch(path, { method: "POST", headers: { ...accepted(false), "X-CSRF": token() } });
  return response.ok ? response.blob() : answer(response);
}

/**
 * Whether the server took the form: it answers one that it takes with a redirect, which is not followed.
 *
 * @param {string} path
 * @param {Record<string, string>} fields
 */
export async function submitted(path, fields) {
  const body = new URLSearchParams(fields);
  const response = await fetch(path, { method: "POST", body, headers: { "X-CSRF": token() }, redirect: "manual" });
  return response.type === "opaqueredirect";
}

/** @param {boolean} idle  @returns {Record<string, string>} */
const accepted = (idle) => ({ Accept: "application/json", ...(idle && { "X-Idle": "1" }) });

/** @param {Response} response */
async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(String(body.error ?? `the server answered ${response.status}`), response.status);
  return body;
}
