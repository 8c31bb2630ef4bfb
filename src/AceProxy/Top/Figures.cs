using System.Globalization;

namespace AceProxy.Top;

/// <summary>Figures in few columns.</summary>
internal static class Figures
{
    public const string Unknown = "-";

    /// <param name="bytesPerSecond">Null: not known yet.</param>
    /// <returns>Mbit/s.</returns>
    public static string Rate(double? bytesPerSecond) => bytesPerSecond is not { } rate ? Unknown
        : (rate * 8 / 1_000_000) switch
        {
            >= 1000 and var high => Invariant($"{high:0}"),
            var low => Invariant($"{low:0.0}"),
        };

    public static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000_000 => Invariant($"{bytes / 1e12:0.0} TB"),
        >= 1_000_000_000 => Invariant($"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => Invariant($"{bytes / 1e6:0.0} MB"),
        _ => Invariant($"{bytes / 1e3:0.0} kB"),
    };

    /// <summary>At most four columns for what anybody will see.</summary>
    public static string Duration(TimeSpan? duration) => duration switch
    {
        null => Unknown,
        { TotalSeconds: < 100 } => Invariant($"{Math.Max(0, duration.Value.TotalSeconds):0}s"),
        { TotalMinutes: < 100 } => Invariant($"{(int)duration.Value.TotalMinutes}m"),
        { TotalHours: < 48 } => Invariant($"{(int)duration.Value.TotalHours}h"),
        _ => Invariant($"{(int)duration.Value.TotalDays}d"),
    };

    public static string Count(long? count) => count is { } some ? Invariant($"{some}") : Unknown;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
