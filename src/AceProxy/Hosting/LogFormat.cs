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
    public static LogFormat Read(SettingsReader settings)
    {
        string format = settings.Text("LOG_FORMAT", "text", "text or json", "log lines for people, or JSON, an object a line");
        if (format is not ("text" or "json"))
        {
            settings.Problem("LOG_FORMAT", $"'{format}' is neither 'text' nor 'json'");
        }

        return format == "json" ? LogFormat.Json : LogFormat.Text;
    }
}
