/** The list of the check queue: Enter opens the first item that waits for this person. */

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target instanceof HTMLAnchorElement) return;
  const waiting = [...document.querySelectorAll("#held tbody tr")].find((row) => !row.textContent?.includes("by you"));
  waiting?.querySelector("a")?.click();
});
