// A small set of emoji by Slack's names; an unknown name stays as it was typed.

const NAMES = `
+1 👍 -1 👎 100 💯 alarm_clock ⏰ ambulance 🚑 arrow_down ⬇️ arrow_down_small 🔽 arrow_forward ▶️ arrow_left ⬅️ arrow_lower_right ↘️
arrow_right ➡️ arrow_up ⬆️ arrow_up_small 🔼 arrow_upper_right ↗️ arrows_counterclockwise 🔄 art 🎨 balance_scale ⚖️ ballot_box_with_check ☑️
bar_chart 📊 bell 🔔 black_circle ⚫ blue_heart 💙 blush 😊 boom 💥 bookmark 🔖 books 📚 bow 🙇 brain 🧠 briefcase 💼 bug 🐛 bulb 💡 calendar 📆
chart_with_downwards_trend 📉 chart_with_upwards_trend 📈 checkered_flag 🏁 clap 👏 clipboard 📋 clock3 🕒 cloud ☁️ coffee ☕ construction 🚧
cry 😢 date 📅 dart 🎯 eyes 👀 exclamation ❗ fire 🔥 fire_engine 🚒 file_folder 📁 gear ⚙️ gem 💎 green_circle 🟢 green_heart 💚 grey_exclamation ❕
grey_question ❔ grin 😁 grinning 😀 handshake 🤝 heart ❤️ heavy_check_mark ✔️ heavy_minus_sign ➖ heavy_plus_sign ➕ hourglass ⌛
hourglass_flowing_sand ⏳ information_source ℹ️ interrobang ⁉️ joy 😂 key 🔑 large_blue_circle 🔵 large_blue_square 🟦 large_green_circle 🟢
large_green_square 🟩 large_orange_circle 🟠 large_orange_square 🟧 large_purple_circle 🟣 large_red_square 🟥 large_yellow_circle 🟡
large_yellow_square 🟨 link 🔗 lock 🔒 loudspeaker 📢 mag 🔍 mailbox 📫 mega 📣 memo 📝 microscope 🔬 moneybag 💰 mute 🔇 muscle 💪 new 🆕
neutral_face 😐 no_bell 🔕 no_entry ⛔ no_entry_sign 🚫 ok ✅ ok_hand 👌 one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ open_hands 👐 orange_circle 🟠
package 📦 paperclip 📎 partly_sunny ⛅ party_popper 🎉 pencil ✏️ pencil2 ✏️ people_holding_hands 🧑‍🤝‍🧑 point_down 👇 point_left 👈 point_right 👉
point_up ☝️ pray 🙏 purple_heart 💜 pushpin 📌 question ❓ rainbow 🌈 raised_hands 🙌 receipt 🧾 red_circle 🔴 robot_face 🤖 rocket 🚀
rotating_light 🚨 scales ⚖️ seedling 🌱 shield 🛡️ small_blue_diamond 🔹 small_orange_diamond 🔸 small_red_triangle 🔺 small_red_triangle_down 🔻
smile 😄 slightly_smiling_face 🙂 slightly_frowning_face 🙁 snail 🐌 snowflake ❄️ sos 🆘 sparkles ✨ speech_balloon 💬 star ⭐ star2 🌟 stopwatch ⏱️
sunny ☀️ tada 🎉 telescope 🔭 test_tube 🧪 thermometer 🌡️ thinking_face 🤔 thumbsdown 👎 thumbsup 👍 timer_clock ⏲️ tools 🛠️ triangular_flag_on_post 🚩
trophy 🏆 umbrella ☔ unlock 🔓 up 🆙 vertical_traffic_light 🚦 warning ⚠️ wave 👋 white_check_mark ✅ white_circle ⚪ white_large_square ⬜ wink 😉
wrench 🔧 x ❌ yellow_circle 🟡 zap ⚡ zzz 💤`.trim().split(/\s+/u);

const CHARACTERS = new Map();
for (let i = 0; i < NAMES.length; i += 2) CHARACTERS.set(NAMES[i], NAMES[i + 1]);

/** The character for a name without colons, or undefined. A skin tone (`wave::skin-tone-3`) is left out. */
export function emoji(name) {
  return CHARACTERS.get(name.split("::")[0]);
}

/** Text with `:names:` replaced where they are known. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/gu, (whole, name) => emoji(name) ?? whole);
}
