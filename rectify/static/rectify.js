// Small helps that every page can do without: filters that submit themselves, a bar for each upload, a warning before
// typed text is lost, j and k in lists, one question before what cannot be undone, buttons that copy and fill in, a plan's source and result lit together.
"use strict";

(function () {
  const english = document.documentElement.lang.startsWith("en");
  const say = (chinese, other) => (english ? other : chinese);

  document.querySelectorAll("form[data-self-submit]").forEach((form) => {
    form.addEventListener("change", (event) => {
      if (event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
      if (event.target.matches("input[type=date]") && event.target.checkValidity()) form.dataset.touched = "1";
    });
    form.querySelectorAll("input[type=date]").forEach((input) => {
      input.addEventListener("blur", () => { if (form.dataset.touched && input.checkValidity()) form.requestSubmit(); });
    });
  });

  // Asked before anything else hears of the click, also of a button that came later.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && !window.confirm(button.dataset.confirm)) event.preventDefault();
  }, true);

  let unsaved = false;
  ["input", "submit"].forEach((kind) => document.addEventListener(kind, (event) => {
    if (event.target.closest("main form[method=post]")) unsaved = kind === "input";
  }));
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const step = { j: 1, k: -1 }[event.key];
    const list = document.querySelector("[data-queue]");
    if (!step || !list) return;
    const stops = Array.from(list.querySelectorAll("[data-queue-item], tbody tr")).map((row) => row.querySelector("a, button")).filter(Boolean);
    const at = stops.findIndex((stop) => stop.closest("[data-queue-item], tr").contains(document.activeElement));
    const next = stops[Math.min(Math.max(at + step, 0), stops.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); event.preventDefault(); }
  });

  document.querySelectorAll("button[data-copy]").forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      source.select();
      try { await navigator.clipboard.writeText(source.value); } catch { document.execCommand("copy"); }
      button.textContent = say("已复制", "Copied");
    });
  });

  // A plan's source and what was read from it: the pointer on either side lights the other, a line's number its line.
  const lightPiece = (piece) => {
    const lines = Array.from(piece.querySelectorAll("[data-line]"));
    const read = Array.from(piece.querySelectorAll("[data-from]"));
    if (!lines.length || !read.length) return;
    const number = (element, name) => Number(element.dataset[name]);
    const owner = (line) => read.filter((part) => number(part, "from") <= line && line <= number(part, "to")).pop();
    const light = (part, from, to) => {
      read.forEach((one) => { one.classList.toggle("lit", one === part); });
      lines.forEach((one) => { one.classList.toggle("lit", from <= number(one, "line") && number(one, "line") <= to); });
    };
    const lightOf = (part) => (part ? light(part, number(part, "from"), number(part, "to")) : light(null, 1, 0));
    ["pointerover", "focusin"].forEach((kind) => piece.addEventListener(kind, (event) => {
      const line = event.target.closest("[data-line]");
      const source = event.target.closest("[data-from-line]");
      if (source) light(source.closest("[data-from]"), number(source, "fromLine"), number(source, "fromLine"));
      else lightOf(line ? owner(number(line, "line")) : event.target.closest("[data-from]"));
    }));
    piece.addEventListener("pointerleave", () => lightOf(null));
  };

  // Where there is no script the button sends the form, and the server fills the field in.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-fill]");
    const target = button && document.getElementById(button.dataset.fill);
    if (!target) return;
    event.preventDefault();
    target.value = button.dataset.text;
    target.dispatchEvent(new Event("input", { bubbles: true }));
    target.focus();
  });

  const dress = (part) => { part.querySelectorAll(".draft-piece").forEach(lightPiece); };
  dress(document);
  document.addEventListener("rectify:shown", (event) => { dress(event.target); });

  // The bars are kept by <progress>; the answer of the server replaces the page as a plain submit would have.
  document.querySelectorAll("form[data-upload]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      const files = Array.from(form.querySelectorAll("input[type=file]")).flatMap((input) => Array.from(input.files));
      if (!files.length || !window.XMLHttpRequest || event.submitter && event.submitter.name) return;
      event.preventDefault();
      const shown = document.createElement("div");
      shown.className = "uploads";
      shown.setAttribute("role", "status");
      const bars = files.map((file) => {
        const label = document.createElement("label");
        const bar = document.createElement("progress");
        bar.max = Math.max(file.size, 1);
        bar.value = 0;
        label.append(document.createTextNode(file.name), bar);
        shown.append(label);
        return bar;
      });
      form.append(shown);
      const button = form.querySelector("button[type=submit]");
      if (button) button.disabled = true;
      const request = new XMLHttpRequest();
      request.open("POST", form.action || window.location.href);
      request.upload.addEventListener("progress", (progress) => {
        let sent = progress.loaded;
        bars.forEach((bar) => { bar.value = Math.min(sent, bar.max); sent = Math.max(sent - bar.max, 0); });
      });
      request.addEventListener("load", () => {
        unsaved = false;
        // The page that answers is written as it came: its messages are shown once, and asking again would lose them.
        if (request.responseURL) window.history.replaceState(null, "", request.responseURL);
        document.open();
        document.write(request.responseText);
        document.close();
      });
      request.addEventListener("error", () => {
        shown.textContent = say("上传中断，填写的内容仍在，请检查网络后再试。", "The upload broke off; what you typed is still here. Check the network and try again.");
        if (button) button.disabled = false;
      });
      request.send(new FormData(form));
    });
  });
})();
