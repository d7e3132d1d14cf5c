/**
 * The key of this browser: made here, of a kind that no script can export, and kept by the browser. With it the page shows that it is
 * the one that the session began in: whoever carries the cookie away leaves the key behind.
 *
 * It lives in IndexedDB, so that it outlives the page; there is nothing else there.
 */

const NAME = "isinglass", STORE = "key", ONE = 1;
const KIND = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** @param {ArrayBuffer} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<CryptoKeyPair>} */
async function kept() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE);
  const database = await done(opening);
  try {
    const found = await done(database.transaction(STORE).objectStore(STORE).get(ONE));
    if (found) return found;
    const made = await crypto.subtle.generateKey(KIND, false, ["sign", "verify"]);
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    // Another tab may have been quicker: the first one stays.
    const before = await done(store.get(ONE));
    if (before) return before;
    await done(store.put(made, ONE));
    return made;
  } finally {
    database.close();
  }
}

export class Key {
  #pair = /** @type {Promise<CryptoKeyPair> | null} */ (null);

  /**
   * What the page signs for `purpose`; null where the browser keeps no key: then the session is bound to none.
   *
   * @param {"hello" | "challenge"} purpose
   * @param {string} words
   * @returns {Promise<{key: string, proof: string} | null>}
   */
  async sign(purpose, words) {
    if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return null; // a page without TLS
    try {
      this.#pair ??= kept();
      const { publicKey, privateKey } = await this.#pair;
      const [key, proof] = await Promise.all([
        crypto.subtle.exportKey("raw", publicKey),
        crypto.subtle.sign(SIGNING, privateKey, new TextEncoder().encode(`isinglass.v1 ${purpose} ${words}`)),
      ]);
      return { key: base64url(key), proof: base64url(proof) };
    } catch {
      this.#pair = null;
      return null;
    }
  }
}
