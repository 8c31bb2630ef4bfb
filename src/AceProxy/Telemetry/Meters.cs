namespace AceProxy.Telemetry;

/// <summary>The names of what is listened to.</summary>
internal static class Meters
{
    /// <summary>How those of this program begin, its sources of spans too.</summary>
    public const string Own = "AceProxy.";

    public const string Runtime = "System.Runtime";

    /// <summary>Requests as ASP.NET Core sees them: the source of the span around each.</summary>
    public const string RequestSpans = "Microsoft.AspNetCore";

    public static readonly IReadOnlyList<string> Server = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];
}
