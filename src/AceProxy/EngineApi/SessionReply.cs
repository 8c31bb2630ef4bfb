using System.Text.Json;
using AceProxy.Engines;
using AceProxy.Telemetry;

namespace AceProxy.EngineApi;

/// <summary>Reads the reply to an opening. The addresses in it are pinned to the engine we asked.</summary>
internal static class SessionReply
{
    /// <param name="unplayable">What the engine has opened although it gave no address to play it from: to be stopped.</param>
    public static EngineReply<EngineSession> Read(Engine engine, Guid pid, JsonElement root, out EngineSession? unplayable)
    {
        unplayable = null;
        if (EngineJson.Object(root, "response") is not { } response)
        {
            return EngineJson.Error(root) switch
            {
                null => new EngineFailure(EngineFailureKind.BadReply, "the reply has neither a session nor an error"),
                var error when EngineJson.Object(root, "extra_data") is { } extra => new EngineFailure(
                    EngineFailureKind.Refused, $"{error} ({Words.Tame(EngineJson.Raw(extra))})"),
                var error => new EngineFailure(EngineFailureKind.ContentUnavailable, error),
            };
        }

        Uri? playback = PinnedUrl.TryPin(engine.Address, EngineJson.Text(response, "playback_url"));
        var session = new EngineSession(engine, pid)
        {
            PlaybackUrl = playback ?? PinnedUrl.To(engine.Address, "/"),
            StatUrl = PinnedUrl.TryPin(engine.Address, EngineJson.Text(response, "stat_url")),
            CommandUrl = PinnedUrl.TryPin(engine.Address, EngineJson.Text(response, "command_url")),
            Infohash = EngineJson.Infohash(response),
            PlaybackSessionId = EngineJson.Text(response, "playback_session_id") is { } id ? Words.Tame(id) : null,
            IsLive = EngineJson.Text(response, "is_live") != "0",
        };
        if (playback is null)
        {
            unplayable = session;
            return new EngineFailure(EngineFailureKind.BadReply, "the reply has no usable playback_url");
        }

        return session;
    }
}
