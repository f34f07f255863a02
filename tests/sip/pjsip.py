"""A caller of another make: PJSIP calls the line, presses keys, and records what it hears.

python tests/sip/pjsip.py sip:ivr@127.0.0.1:5060 heard.wav 9:2 14
    (after 9 seconds press 2; after 14 hang up)
"""

import sys
import time
from typing import Any

import pjsua2 as pj


class Calling(pj.Call):  # type: ignore[misc]
    """A call whose sound goes into a file."""

    recorder: Any = None
    states: list[str]

    def onCallState(self, prm: Any) -> None:  # noqa: N802 the library's name
        info = self.getInfo()
        self.states.append(f"{info.stateText} {info.lastStatusCode}")

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        if self.getInfo().stateText == "DISCONNCTD":
            return
        self.getAudioMedia(-1).startTransmit(self.recorder)


def main(address: str, path: str, *acts: str) -> None:
    """Make the call."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account = pj.Account()
    account_config = pj.AccountConfig()
    account_config.idUri = "sip:pjsip@127.0.0.1"
    account_config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account.create(account_config)
    recorder = pj.AudioMediaRecorder()
    recorder.createRecorder(path)
    call = Calling(account)
    call.recorder, call.states = recorder, []
    call.makeCall(address, pj.CallOpParam(True))
    began = time.monotonic()
    for act in acts:
        seconds, _, key = act.partition(":")
        while time.monotonic() - began < float(seconds):
            endpoint.libHandleEvents(10)
        if key:
            call.dialDtmf(key)
    call.hangup(pj.CallOpParam(True))
    for _ in range(50):
        endpoint.libHandleEvents(10)
    sys.stdout.write("; ".join(call.states))
    del call, recorder, account
    endpoint.libDestroy()


if __name__ == "__main__":
    main(*sys.argv[1:])
