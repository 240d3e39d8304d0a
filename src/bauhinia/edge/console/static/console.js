// The console's only script: it hears that something happened and takes the changed parts of the page anew.
"use strict";
(() => {
  const live = document.getElementById("live");
  const states = { on: "live", off: "not live, trying again" };
  const show = (state) => { live.dataset.state = state; live.textContent = states[state]; };

  const keys = (part) => new Map([...part.querySelectorAll("[data-key]")].map((row) => [row.dataset.key, row.textContent]));

  function take(fresh) {
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(part.id);
      if (!other || other.innerHTML === part.innerHTML) continue;
      const before = keys(part);
      const active = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      part.replaceWith(document.adoptNode(other));
      for (const row of other.querySelectorAll("[data-key]"))
        if (before.get(row.dataset.key) !== row.textContent) row.classList.add("fresh");
      if (active) other.querySelector(`a[href="${CSS.escape(active)}"]`)?.focus();
    }
  }

  let wanted = false, busy = false;
  async function renew() {
    if (busy) { wanted = true; return; }
    busy = true; wanted = false;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
      if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { show("off"); }
    await new Promise((done) => setTimeout(done, 250));
    busy = false;
    if (wanted) renew();
  }

  const source = new EventSource(document.body.dataset.events);
  source.addEventListener("open", () => show("on"));
  source.addEventListener("error", () => show("off"));
  source.addEventListener("happened", renew);
  source.addEventListener("ended", () => location.reload());
  window.addEventListener("pagehide", () => source.close());
})();

// Signing in with a key file: the seed is used here and sent nowhere.
(() => {
  const form = document.getElementById("sign");
  const chooser = document.getElementById("key");
  if (!form || !crypto?.subtle) return;
  document.getElementById("with-file").hidden = false;
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const hex = (all) => [...new Uint8Array(all)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const pkcs8 = bytes("302e020100300506032b657004220420"); // RFC 8410: an Ed25519 seed follows

  chooser.addEventListener("change", async () => {
    const out = form.elements.signature;
    try {
      const held = JSON.parse(await chooser.files[0].text());
      if (!held.seed) throw new Error("the key file is encrypted: use the command line");
      const number = Number(form.elements.party.value);
      if (!number) throw new Error("the number of the party first");
      const key = await crypto.subtle.importKey("pkcs8", new Uint8Array([...pkcs8, ...bytes(held.seed)]), "Ed25519", false, ["sign"]);
      const head = new Uint8Array(12);
      new DataView(head.buffer).setUint32(0, number, true);
      const challenge = new TextEncoder().encode(form.elements.challenge.value.split(".").pop());
      const signed = new Uint8Array([...bytes(form.dataset.prefix), ...head, ...challenge]);
      out.value = `${held.public} ${hex(await crypto.subtle.sign("Ed25519", key, signed))}`;
    } catch (wrong) {
      out.value = "";
      out.placeholder = `not signed: ${wrong.message}`;
      chooser.value = "";
    }
  });
})();
