using System.Text.Json;

namespace AceProxy.Events;

/// <summary>The names of <see cref="EventKind"/>.</summary>
internal static class EventKinds
{
    public static readonly JsonNamingPolicy Naming = JsonNamingPolicy.KebabCaseLower;

    /// <summary>In the order of the kinds.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetNames<EventKind>().Select(Naming.ConvertName)];

    public static string Name(this EventKind kind) => All[(int)kind];

    /// <summary>Of an event's reason.</summary>
    public static string Named(Enum reason) => Naming.ConvertName(reason.ToString());
}
