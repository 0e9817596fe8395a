//! All that a person has, as one file: taken along, and brought back.

use crate::ui::erase::Erase as _;
use leptos::prelude::*;

/// The way out with everything.
pub fn take() -> AnyView {
    view! {
        <section aria-labelledby="take">
            <h2 id="take">"Take everything with you"</h2>
            <p>
                "One file with all of your portfolios, activities, notes, instruments and prices. Any FinFlow takes it up again. No password, no session and no token is in it."
            </p>
            <div class="form-actions">
                <a href="/account/export/finflow-account.json" download="" class="button">
                    "Download everything"
                </a>
            </div>
        </section>
    }
    .erased()
}

/// The way back in.
pub fn bring() -> AnyView {
    view! {
        <section aria-labelledby="bring">
            <h2 id="bring">"Bring everything back"</h2>
            <form method="post" enctype="multipart/form-data" action="/account/import/" class="form">
                <div class="field">
                    <label for="file">"A file of a whole account"</label>
                    <input
                        id="file"
                        name="file"
                        type="file"
                        accept=".json,application/json"
                        required
                        class="drop"
                        aria-describedby="file-hint"
                    />
                    <p class="field-hint" id="file-hint">
                        "At most 64 MiB. You see what would come back before anything is saved; what you have stays as it is."
                    </p>
                </div>
                <div class="form-actions">
                    <button type="submit" class="button">
                        "Look at the file"
                    </button>
                </div>
            </form>
        </section>
    }
    .erased()
}
