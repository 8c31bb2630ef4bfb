using AceProxy.Settings;

namespace AceProxy.EngineApi;

/// <summary>How long each kind of call to an engine may take.</summary>
internal sealed record EngineApiOptions
{
    /// <summary>A TCP connection to the engine.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>The reply to <c>getstream?format=json</c>. An unknown infohash takes a real engine about 28 s to refuse.</summary>
    public required TimeSpan CallTimeout { get; init; }

    /// <summary>The reply to <c>get_media_files</c>. An engine that cannot find the content says so after 15 s.</summary>
    public required TimeSpan ResolveTimeout { get; init; }

    /// <summary>The reply to <c>method=stop</c>, which hangs on some engines.</summary>
    public required TimeSpan StopTimeout { get; init; }

    /// <summary>How long a reply is still waited for after its call was given up, so that the session it opened can be stopped.</summary>
    public required TimeSpan LateReplyTimeout { get; init; }

    /// <summary>Engines withhold headers from agents they do not know.</summary>
    public required string UserAgent { get; init; }

    public static EngineApiOptions Read(SettingsReader settings) => new()
    {
        ConnectTimeout = settings.Seconds("ENGINE_CONNECT_TIMEOUT", 5, 0.1, 60, "for a TCP connection to an engine"),
        CallTimeout = settings.Seconds("ENGINE_CALL_TIMEOUT", 30, 0.1, 300, "for the engine's reply when a session is opened"),
        ResolveTimeout = settings.Seconds("ENGINE_RESOLVE_TIMEOUT", 20, 0.1, 300, "for the engine to tell a content id's infohash"),
        StopTimeout = settings.Seconds("ENGINE_STOP_TIMEOUT", 3, 0.1, 60, "for the engine's reply when a session is stopped"),
        LateReplyTimeout = settings.Seconds(
            "ENGINE_LATE_REPLY_TIMEOUT", 120, 0, 3600, "how long a reply that came too late is still awaited, to stop the session it opened"),
        UserAgent = ReadUserAgent(settings),
    };

    private static string ReadUserAgent(SettingsReader settings)
    {
        string agent = settings.Text("ENGINE_USER_AGENT", "VLC/3.0.21 LibVLC/3.0.21", "text", "the User-Agent sent to engines");
        if (agent.Any(character => character is < ' ' or > '~'))
        {
            // No request could be sent with it, and every engine would look unreachable.
            settings.Problem("ENGINE_USER_AGENT", "has characters other than printable ASCII");
        }

        return agent;
    }
}
