using System.Text.Json;

namespace AceProxy.Events;

/// <summary>The names of <see cref="EventKind"/>.</summary>
internal static class EventKinds
{
    public static readonly JsonNamingPolicy Naming = JsonNamingPolicy.KebabCaseLower;

    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<EventKind>().Select(Name)];

    public static string Name(this EventKind kind) => Naming.ConvertName(kind.ToString());
}
