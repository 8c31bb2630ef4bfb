using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>How log lines look.</summary>
internal enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>A JSON object a line, with the message and its properties.</summary>
    Json,
}

internal static class LogFormats
{
    public static LogFormat Read(SettingsReader settings) =>
        settings.Choice("LOG_FORMAT", "text", "json", "log lines for people, or JSON, an object a line") == "json" ? LogFormat.Json : LogFormat.Text;
}
