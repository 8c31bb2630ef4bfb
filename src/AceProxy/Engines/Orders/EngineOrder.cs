using System.Globalization;
using AceProxy.Telemetry;

namespace AceProxy.Engines.Orders;

/// <summary>
/// An operator's word about one engine; of two on one subject the later counts. As text it is <c>subject stamp:word</c>, such as
/// <c>registered:10.0.0.5:6878 1763760000000:forwarded</c>.
/// </summary>
internal sealed record EngineOrder
{
    private const string Registered = "registered";
    private const string Drained = "drained";
    private const string Yes = "yes";
    private const string No = "no";
    private const string Forwarded = "forwarded"; // registered, and so marked

    /// <summary>Nobody's clock is further ahead of ours; a word from there would count over everything that is said until then.</summary>
    private static readonly TimeSpan FurthestAhead = TimeSpan.FromDays(365);

    /// <param name="stamp">When it was given, in Unix milliseconds.</param>
    public EngineOrder(EngineOrderKind kind, EngineAddress engine, bool holds, long stamp)
    {
        (Kind, Holds, Stamp) = (kind, holds, stamp);
        Engine = engine with { IsForwarded = holds && kind == EngineOrderKind.Registered && engine.IsForwarded };
        Subject = SubjectOf(kind, Engine.Id);
    }

    public EngineOrderKind Kind { get; }

    public EngineAddress Engine { get; }

    /// <summary>False: it was so, and is so no longer.</summary>
    public bool Holds { get; }

    /// <summary>Unix milliseconds.</summary>
    public long Stamp { get; }

    /// <summary>What it is about: the kind and the engine.</summary>
    public string Subject { get; }

    public string Word => !Holds ? No : Engine.IsForwarded ? Forwarded : Yes;

    /// <param name="id">host:port, in any case.</param>
    public static string SubjectOf(EngineOrderKind kind, string id) =>
        $"{(kind == EngineOrderKind.Registered ? Registered : Drained)}:{id.ToLowerInvariant()}";

    /// <summary>The last stamp that is believed.</summary>
    public static long Latest(DateTimeOffset now) => (now + FurthestAhead).ToUnixTimeMilliseconds();

    /// <summary>Reads one that somebody else has written; anything may come.</summary>
    public static EngineOrder? TryParse(string text, DateTimeOffset now, out string problem)
    {
        problem = $"'{Words.Tame(text)}' is not such as '{Registered}:host:port milliseconds:{Yes}'";
        string[] parts = text.Split([' ', ':']);
        if (parts is not [var kind, _, .., var stamp, var word]
            || kind is not (Registered or Drained) || !(word is Yes or No || (word == Forwarded && kind == Registered))
            || !long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds))
        {
            return null;
        }

        string id = text.Split(' ')[0][(kind.Length + 1)..];
        if (EngineAddress.TryParse(id, out string? wrong) is not { } engine)
        {
            problem = Words.Tame(wrong!);
            return null;
        }

        if (milliseconds > Latest(now))
        {
            problem = $"'{Words.Tame(text)}' is of the future; a clock is wrong";
            return null;
        }

        var order = new EngineOrder(
            kind == Registered ? EngineOrderKind.Registered : EngineOrderKind.Drained, engine with { IsForwarded = word == Forwarded }, word != No, milliseconds);
        return order.ToString() == text ? order : null; // one way of writing it: no capitals, no port left out
    }

    /// <summary>All workers say the same of the same two, in whichever order they hear them.</summary>
    public bool IsNewerThan(EngineOrder? other) =>
        other is null || Stamp > other.Stamp || (Stamp == other.Stamp && string.CompareOrdinal(Word, other.Word) > 0);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Subject} {Stamp}:{Word}");
}
