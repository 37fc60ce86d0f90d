// A plan before its import as a work place: a button's act and an item's form are sent without leaving the spot, and what
// is typed elsewhere on the page stays. Every act works without this too, by a plain submit that saves what is typed.
"use strict";

(function () {
  const english = document.documentElement.lang.startsWith("en");
  const say = (chinese, other) => (english ? other : chinese);
  const plan = document.getElementById("plan-form");
  const there = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  let busy = false;

  const tell = (sentence) => {
    const place = document.getElementById("plan-said");
    if (!place) return;
    place.textContent = sentence;
    place.hidden = !sentence;
  };

  // -- sending ------------------------------------------------------------------------------------------------------

  const pageOf = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
  const signedOut = (answer) => answer.redirected && new URL(answer.url).pathname.endsWith("/login");

  // A sign-in in another window gives this page another key: it is fetched, and the form sent once more.
  const freshKey = async () => {
    const page = await pageOf(await fetch(window.location.pathname));
    const key = page.querySelector("#plan-form [name=csrf_token]");
    if (key) there("[name=csrf_token]").forEach((one) => { one.value = key.value; });
    return key && key.value;
  };

  const send = async (address, data) => {
    if (busy) return null;
    busy = true;
    try {
      let answer = await fetch(address, { method: "POST", body: data });
      if (answer.status === 400 && !signedOut(answer)) {
        const key = await freshKey();
        if (key) {
          data.set("csrf_token", key);
          answer = await fetch(address, { method: "POST", body: data });
        }
      }
      if (signedOut(answer) || answer.status === 400) {
        tell(say("登录已失效，没有保存；填写的内容仍在这里。请在另一个窗口登录，再回来保存。", "You are signed out and nothing was saved; what you typed is still here. Sign in in another window, then save again."));
        return null;
      }
      if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
      return { page: await pageOf(answer), url: answer.url, moved: answer.redirected };
    } catch {
      tell(say("没有保存，填写的内容仍在这里。请检查网络后再试。", "Nothing was saved; what you typed is still here. Check the network and try again."));
      return null;
    } finally {
      busy = false;
    }
  };

  const withButton = (data, button) => {
    if (button && button.name) data.set(button.name, button.value);
    return data;
  };

  // -- the page's parts made anew, what is typed kept -------------------------------------------------------------------

  const differs = (one) => {
    if (one.type === "checkbox") return one.checked !== one.defaultChecked;
    if (one.tagName !== "SELECT") return one.value !== one.defaultValue;
    const standard = Array.from(one.options).find((option) => option.defaultSelected) || one.options[0];
    return Boolean(standard) && one.value !== standard.value;
  };
  const typed = () => Array.from(plan.elements).filter((one) => one.name && !["hidden", "submit"].includes(one.type) && differs(one));

  const show = (page, url) => {
    const kept = typed().map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]);
    there("[data-live]").forEach((part) => {
      const fresh = page.getElementById(part.id);
      if (!fresh) return;
      part.replaceWith(fresh);
      fresh.dispatchEvent(new CustomEvent("rectify:shown", { bubbles: true }));
    });
    const form = page.getElementById("plan-form");
    ["version", "csrf_token"].forEach((name) => { plan.elements[name].value = form.elements[name].value; });
    plan.setAttribute("action", form.getAttribute("action"));
    kept.forEach(([name, value]) => {
      const one = plan.elements[name];
      if (!one || one.length && one.tagName !== "SELECT") return;
      if (one.type === "checkbox") one.checked = value; else one.value = value;
      const folded = one.closest("details");
      if (folded) folded.open = true;
      one.dispatchEvent(new Event("input", { bubbles: true }));
    });
    window.history.replaceState(null, "", url);
    const said = page.querySelector(".error-summary li, main > .flash span");
    tell(said ? said.textContent.trim() : "");
  };

  const goTo = (id) => {
    const place = id && document.getElementById(id);
    if (!place) return;
    place.scrollIntoView({ block: "nearest" });
    const stop = place.querySelector("button, a");
    if (stop) stop.focus({ preventScroll: true });
  };

  const act = async (button) => {
    const open = document.querySelector("#contents [data-item-form]");
    if (open && !close(open)) return;
    const item = button.closest(".draft-item");
    const data = new FormData();
    ["version", "csrf_token"].forEach((name) => data.set(name, plan.elements[name].value));
    const answer = await send(plan.getAttribute("action"), withButton(data, button));
    if (!answer || !answer.page.getElementById("plan-form")) return;
    show(answer.page, answer.url);
    goTo(new URL(answer.url).searchParams.get("at") || (item && item.id));
  };

  // -- an item's form in its place ------------------------------------------------------------------------------------

  const changed = (form) => Array.from(form.elements).some((one) => one.name && one.type !== "hidden" && one.type !== "submit" && differs(one));

  const close = (form, ask = true) => {
    if (ask && changed(form) && !window.confirm(say("放弃正在填写的修改？", "Give up the change you are typing?"))) return false;
    const item = form.closest(".draft-item");
    form.remove();
    item.classList.remove("editing");
    goTo(item.id);
    return true;
  };

  const put = (form, item) => {
    item.append(form);
    item.classList.add("editing");
    there("[data-cut]", form).forEach((button) => { button.hidden = false; });
    const first = form.querySelector(".error-summary") || form.elements.text;
    first.focus({ preventScroll: true });
    item.scrollIntoView({ block: item.offsetHeight > window.innerHeight / 2 ? "start" : "nearest" });
  };

  const open = async (button) => {
    const other = document.querySelector("#contents [data-item-form]");
    if (other && !close(other)) return;
    const item = button.closest(".draft-item");
    try {
      const answer = await fetch(button.dataset.open);
      const form = (await pageOf(answer)).querySelector("[data-item-form]");
      if (form) put(form, item);
      else window.location.assign(button.dataset.open);
    } catch {
      tell(say("没有打开，请检查网络后再试。", "It did not open. Check the network and try again."));
    }
  };

  const save = async (form, button) => {
    const item = form.closest(".draft-item");
    const answer = await send(form.getAttribute("action"), withButton(new FormData(form), button));
    if (!answer) return;
    const again = answer.page.querySelector("[data-item-form]");
    if (again) {
      form.remove();
      put(again, item);
    } else if (answer.page.getElementById("plan-form")) {
      show(answer.page, answer.url);
      goTo(new URL(answer.url).searchParams.get("at") || item.id);
    }
  };

  const cut = (form) => {
    const text = form.elements.text;
    const at = text.selectionStart;
    text.value = `${text.value.slice(0, at).trimEnd()}\n\n${text.value.slice(at).trimStart()}`;
    form.requestSubmit(form.querySelector("[name=action][value=split]"));
  };

  // -- what people press ------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented) return;
    const button = event.target.closest("button[data-cut], button[data-act], button[data-open], a[data-cancel]");
    if (!button) return;
    const form = button.closest("[data-item-form]");
    if (button.matches("[data-cut]")) return cut(form);
    if (!plan) return;
    event.preventDefault();
    if (button.matches("[data-act]")) act(button);
    else if (button.matches("[data-open]")) open(button);
    else close(form, false);
  });

  document.addEventListener("submit", (event) => {
    if (!plan || !event.target.matches("[data-item-form]")) return;
    event.preventDefault();
    save(event.target, event.submitter);
  });

  const nextQuestion = () => {
    const all = there(".question");
    const isOpen = (one) => !there("select, input", one).some((field) => field.value);
    const at = all.findIndex((one) => one.contains(document.activeElement));
    const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find(isOpen);
    if (!next) return tell(say("没有未答复的问题了。", "No question is left open."));
    next.querySelector("select").focus();
    next.scrollIntoView({ block: "center" });
  };

  const press = (selector, from) => {
    const button = from && from.querySelector(selector);
    if (button) button.click();
    return Boolean(button);
  };

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-item-form]");
    if (form) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("[name=action][value=save]"));
      else if (event.key === "Escape" && plan) close(form);
      else return;
      event.preventDefault();
      return;
    }
    if (!plan || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
    const item = event.target.closest(".draft-item");
    if (event.key === "n") nextQuestion();
    else if (event.target.closest("select")) return;
    else if (event.key === "e") { if (!press("[data-open]", item)) return; }
    else if (event.key === "z") { if (!press("[data-undo]", document)) return; }
    else return;
    event.preventDefault();
  });

  there("[data-item-form] [data-cut]").forEach((button) => { button.hidden = false; });
})();
