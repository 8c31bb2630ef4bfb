using System.Collections.Immutable;
using System.Globalization;

namespace AceProxy.Events;

/// <summary>
/// What a reader has had: everything up to an id; and of what a worker told before Redis had given it an id, everything up to a number of that
/// worker's own, so that it is not told again under its id. As text <c>id</c> or <c>id;worker=number</c>.
/// </summary>
/// <param name="Ahead">Worker → number.</param>
internal sealed record EventCursor(EventPlace Id, ImmutableDictionary<string, long> Ahead)
{
    /// <summary>Workers that one may have heard from while Redis was away; a longer text is none of ours.</summary>
    private const int MostAhead = 64;

    public static EventCursor Behind(EventPlace id) => new(id, ImmutableDictionary<string, long>.Empty);

    public static EventCursor? Parse(string text)
    {
        string[] parts = text.Split(';');
        if (parts.Length > MostAhead + 1 || !EventPlace.TryParse(parts[0], out EventPlace id))
        {
            return null;
        }

        ImmutableDictionary<string, long> ahead = ImmutableDictionary<string, long>.Empty;
        foreach (string part in parts[1..])
        {
            int equals = part.LastIndexOf('=');
            if (equals <= 0 || !long.TryParse(part.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return null;
            }

            ahead = ahead.SetItem(part[..equals], number);
        }

        return new EventCursor(id, ahead);
    }

    public override string ToString() => Ahead.IsEmpty
        ? Id.ToString()
        : $"{Id};{string.Join(';', Ahead.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}={one.Value}")))}";
}
