// @ts-check
// What Python and the browser components hand to each other. Types only: no component loads this file.
// tests/ui/test_component_data.py compares these keys with those that Python sends.

/**
 * agent_box: one session's conversation with the agent.
 * @typedef {object} AgentBoxData
 * @property {string} session_id
 * @property {string} room_url Address of the room, below which the server takes events and questions.
 * @property {string} session_url Address of the session's own page, where the client goes when it is over.
 * @property {string} token Proves to the server that a request belongs to this session.
 * @property {WidgetAttributes} attributes Attributes of the widget's element.
 * @property {string | null} ws_origin Path of the simulator's web socket; null means ElevenLabs.
 * @property {boolean} needs_signed_url Whether each call needs a signed address from the server.
 * @property {boolean} autostart Whether the call starts as soon as the widget is loaded.
 * @property {boolean} text_only Whether the client types and no microphone is used.
 * @property {boolean} muted Whether the client entered muted.
 * @property {boolean} chose_typing Whether the client types by choice.
 * @property {boolean} hold_to_talk Whether the client holds a button to talk.
 * @property {boolean} may_ask_text_only Whether the agent lets a call be text only.
 * @property {string | null} language The language that the call asks for; null is the agent's own.
 * @property {string} spoken_language The language that the coach speaks, as HTML names it.
 * @property {string | null} microphone_id The microphone chosen in the lobby.
 * @property {SaidBefore[]} said_before What was said in this session before this page was loaded, oldest first.
 * @property {string[]} tools Names of the tools that the agent may use during a call.
 * @property {Note[]} notes What was noted so far, oldest first.
 * @property {string[]} stages Stages reached so far.
 * @property {string | null} ends_at ISO time in UTC; null until the session is active.
 * @property {boolean} off_record Whether nothing of this session is kept.
 * @property {string | null} paused_until ISO time in UTC at which a session that is paused ends; null otherwise.
 * @property {number} warn_seconds How long before the end the agent is asked to wrap up.
 * @property {string} warn_text What the agent is sent then; {minutes} stands for how many are left.
 * @property {boolean} practice Whether the agent is the simulator.
 */

/** @typedef {Record<string, string | null>} WidgetAttributes */

/**
 * @typedef {object} SaidBefore
 * @property {string} sender client or agent.
 * @property {string} text
 */

/**
 * @typedef {object} Note
 * @property {string} id
 * @property {string} text
 * @property {string | null} kind Null where it was looked up: nothing was noted that could be undone.
 */

/**
 * self_view: the client's own camera.
 * @typedef {object} SelfViewData
 * @property {boolean} on
 * @property {string | null} camera_id The camera chosen in the lobby.
 * @property {string} label Accessible name of the picture.
 */

/**
 * human_coach: who could join the client, asks to, or is here.
 * @typedef {object} HumanCoachData
 * @property {string} session_id
 * @property {string} room_url Address of the room, below which its live socket is.
 * @property {string} token Proves to the server that this page belongs to the session.
 * @property {string | null} coach Name of the human coach who could ask to join; null where the client has none.
 * @property {"off_record" | "not_asked" | null} closed Why they cannot, by the client's own choice.
 * @property {JoinData | null} join Who asks or is here; null where nobody does.
 */

/**
 * @typedef {object} JoinData
 * @property {string} id
 * @property {string} coach The coach's name.
 * @property {string} reason Why they ask.
 * @property {string} status asked or admitted.
 * @property {JoinMessage[]} past What the box has shown of it, oldest first.
 */

/**
 * @typedef {object} JoinMessage
 * @property {number} n
 * @property {"hint" | "say" | "summary"} kind
 * @property {string} text Empty for a hint, which the client reads after the session.
 */

/**
 * live_coach: the coach's page of one join.
 * @typedef {object} LiveCoachData
 * @property {string} join_id
 * @property {string} socket_url Path of the join's live socket.
 * @property {string} client The client's name.
 * @property {string} client_url Address of the client's page.
 */

/**
 * controls: microphone, camera, end.
 * @typedef {object} ControlsData
 * @property {string} session_id
 * @property {boolean} camera_on
 * @property {boolean} hold_to_talk Whether the client's profile says that they hold a button to talk.
 * @property {boolean} camera_busy Whether the camera is still starting or stopping.
 * @property {boolean} needs_webrtc Whether the picture goes through the server; a browser that cannot says so.
 */

/**
 * post_button as a form that posts.
 * @typedef {object} PostFormData
 * @property {string} action Address that the form posts to.
 * @property {string} label
 * @property {Record<string, unknown>} fields Hidden fields of the form.
 * @property {"primary" | "secondary"} kind
 */

/**
 * post_button as a link.
 * @typedef {object} PostLinkData
 * @property {string} href
 * @property {string} label
 * @property {"primary" | "secondary"} kind
 */

/**
 * frame: what is around each page.
 * @typedef {object} FrameData
 * @property {string} page Title of the page that is shown.
 * @property {boolean} worker Whether the browser keeps our service worker.
 */

/**
 * push_switch: whether this browser shows notifications.
 * @typedef {object} PushSwitchData
 * @property {string} public_key The key by which push services know this server.
 * @property {string[]} known The person's browsers that the server knows, as hashes of their endpoints.
 */

/**
 * help_now: where to find help at once.
 * @typedef {object} HelpNowData
 * @property {string} country
 * @property {string} emergency The country's emergency number.
 * @property {HelpLineData[]} lines
 * @property {string} more Address of the page with all countries.
 * @property {number} needed How often the client wrote words of danger on this page.
 */

/**
 * @typedef {object} HelpLineData
 * @property {string} name
 * @property {string} phone Empty where there is none.
 * @property {string} dialled The phone number without spaces.
 * @property {string} web Empty where there is none.
 * @property {string} note
 */

/**
 * lobby: what to begin with.
 * @typedef {object} LobbyData
 * @property {boolean} hold_to_talk Whether the client chose it the last time.
 */

/**
 * What the lobby sends to Python as "enter".
 * @typedef {object} LobbyResult
 * @property {boolean} camera
 * @property {boolean} microphone
 * @property {boolean} muted Whether the client enters muted.
 * @property {boolean} chose_typing Whether the client types by choice, and not for want of a microphone or of sound.
 * @property {boolean} hold_to_talk
 * @property {boolean} webrtc Whether this browser can send a picture through the server and back.
 * @property {string | null} camera_id
 * @property {string | null} microphone_id
 */

export {};
