"""What the SIP library (baresip) is given: its configuration, and the line's accounts."""

from baresip import Account, Config

from ivr.sip.config import Identity, Setup, dids, in_uri, is_loopback

REGISTER_SECONDS = 300
"""Seconds that a registration lasts; the library renews it after nine tenths of them."""

STREAM_SECONDS, STREAM_PART = 60, 40
"""By TCP and TLS: seconds that a registration lasts, and the part of them (in percent) after which
it is renewed. Calls come over the connection that the line opened; if the PBX restarts, the
connection is gone, and only the next registration opens another."""

SILENT_SECONDS = 900
"""Seconds without RTP and RTCP after which a call counts as dead: the message that it ended was
lost. A caller may be silent for long behind a PBX that sends no packets for silence."""


def config(setup: Setup) -> Config:
    """Return the library's configuration."""
    lines = [
        f"sip_listen {in_uri(setup.host)}:{setup.port}",
        "sip_verify_server yes",
        "audio_jitter_buffer_type fixed",
        "call_hold_other_calls no",
        # Names are looked up as the machine does it; the library itself reads no hosts file.
        "dns_getaddrinfo yes",
    ]
    # With TLS the library listens at the next port, too, and needs a certificate for it.
    tls = setup.certificate is not None or setup.identity.transport == "tls"
    lines.append(f"sip_transports udp,tcp{',tls' if tls else ''}")
    if setup.registers:
        lines.append("filter_registrar udp,tcp,tls")  # only the PBX may call
    if setup.certificate is not None:
        lines.append(f"sip_certificate {setup.certificate}")
    if setup.authorities is not None:
        lines.append(f"sip_cafile {setup.authorities}")
    anywhere = setup.host in {"0.0.0.0", "::"}  # noqa: S104 compared, not bound
    return Config(
        net_interface=None if anywhere else setup.host,
        max_concurrent_calls=None,  # the agent counts: a refused call must not use up a leg
        rtp_timeout=0 if is_loopback(setup.host) else SILENT_SECONDS,
        native_log_level="warning",
        sip_trace=setup.trace,
        extra_config_text="\n".join(lines) + "\n",
    )


def accounts(setup: Setup) -> list[Account | str]:
    """Return the line's identities in the library's form; the first one makes the calls.

    A registered account takes calls over its own transport only, a trunk over any. A trunk may dial
    the line by its own number, too.
    """
    identity = setup.identity
    if setup.registers:
        return [_account(setup, identity.user)]
    users = dict.fromkeys((identity.user, *dids(setup.number)))
    trunks = (_account(setup, user) for user in users)
    return [account.aor().replace(";transport=udp", "", 1) for account in trunks]


def _account(setup: Setup, user: str) -> Account:
    identity: Identity = setup.identity
    # Without a video codec the library agrees to no video, and has no reason to send a re-INVITE.
    more = ["video_codecs=none", "100rel=yes"]
    if setup.srtp:
        more.append("mediaenc=srtp-mand")
    seconds = REGISTER_SECONDS
    if identity.transport != "udp":
        seconds = STREAM_SECONDS
        more.append(f"rwait={STREAM_PART}")
    return Account(
        user,
        identity.domain,
        password=setup.password,
        registrar=setup.proxy or None,
        reg_interval=seconds if setup.registers else 0,
        transport=identity.transport,
        audio_codecs=("pcmu", "pcma"),
        dtmf_mode="rtpevent",
        extra_params=tuple(more),
    )
