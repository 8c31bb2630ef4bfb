using System.Globalization;

namespace AceProxy.Events;

/// <summary>An event's place among all: milliseconds since 1970 and a number within them, as a Redis stream names its entries.</summary>
internal readonly record struct EventPlace(long Milliseconds, long Number) : IComparable<EventPlace>
{
    /// <summary>Before the first.</summary>
    public static readonly EventPlace Zero;

    /// <summary>Of a reader that came before it was known what Redis has: behind that.</summary>
    public static readonly EventPlace Unknown = new(0, 1);

    /// <summary>Of no event, as close before this one as there is.</summary>
    public EventPlace Before => Number > 0 ? this with { Number = Number - 1 } : new EventPlace(Milliseconds - 1, long.MaxValue);

    public static bool operator <(EventPlace one, EventPlace other) => one.CompareTo(other) < 0;

    public static bool operator >(EventPlace one, EventPlace other) => one.CompareTo(other) > 0;

    public static bool operator <=(EventPlace one, EventPlace other) => one.CompareTo(other) <= 0;

    public static bool operator >=(EventPlace one, EventPlace other) => one.CompareTo(other) >= 0;

    public static bool TryParse(ReadOnlySpan<char> text, out EventPlace id)
    {
        int dash = text.IndexOf('-');
        if (dash > 0
            && long.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds)
            && long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            id = new EventPlace(milliseconds, number);
            return true;
        }

        id = Zero;
        return false;
    }

    public int CompareTo(EventPlace other) =>
        Milliseconds != other.Milliseconds ? Milliseconds.CompareTo(other.Milliseconds) : Number.CompareTo(other.Number);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Number}");
}
